"""Tables of spectroscopy programs: Osprey, LCModel and Gannet, and the faults that hide in them."""
