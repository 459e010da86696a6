"""Could it have been known early? Published models, honest validation, updating, and new models."""
