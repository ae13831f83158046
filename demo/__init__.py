"""The demo city: the urban part of Haidian, Beijing, from real data, and what is generated around it."""
