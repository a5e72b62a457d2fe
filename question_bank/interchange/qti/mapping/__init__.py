"""The mapping: for each kind of item, the interactions that ask it in QTI; reading and writing stand side by side.

One rule: what is read back from what was written is the same item, and is marked the same.
"""
