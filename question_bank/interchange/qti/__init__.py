"""QTI 3.0 and 2.x: packages and single items of other systems, read with every loss, and items written for them.

One rule: both vocabularies are one mapping. Whatever is read is given the names of QTI 3 first, and written from them last.
"""
