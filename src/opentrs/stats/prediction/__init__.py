"""How well a predicted risk does, and what to do about it: methods on arrays for yes/no outcomes."""
