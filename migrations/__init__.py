"""The history of the tables, shipped with the product so that an installation can migrate itself."""
