"""OpenTRS: open software for the five questions of treatment-resistant schizophrenia.

Research software and decision support. Not a medical device.
"""

__version__ = "0.1.0"
