"""The appliances: the only room that speaks to them."""
