"""How the tables of the state came to be, one step after another; Alembic runs them."""
