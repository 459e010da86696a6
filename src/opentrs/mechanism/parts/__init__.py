"""The parts of the mechanism stage: one file each, listed in ``stage.PARTS``."""
