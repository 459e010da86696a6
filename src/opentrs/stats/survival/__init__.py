"""Time to an event that may be censored or forestalled by another: methods on arrays."""
