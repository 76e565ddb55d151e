"""What runs in the application's interpreter, sent there as text.

It knows nothing of the rest of the agent, keeps to what Python 3.8 reads, and imports libraries
only in the functions that ask them.
"""
