"""The rules of resistance as drawn tables: one row, one person, one reason to change the answer."""
