"""Published prediction models as documents: read, checked, applied, validated and updated, never executed.

A model is one JSON document (:mod:`opentrs.predict.registry.document`). Nothing in it is code: terms are
data, so a document can be checked as a whole and read by a person.
"""
