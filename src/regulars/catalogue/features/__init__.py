"""What models may know of a customer on a day, by the fact that it is made of."""
