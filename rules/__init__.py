"""The rules: what an order owes by when. Kinds are functions, the catalogue is data, settings change it."""
