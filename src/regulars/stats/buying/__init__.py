"""Models of buying: how often, for how long and for how much customers will go on."""
