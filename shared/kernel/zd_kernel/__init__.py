"""Mechanism without a noun of the domain, shared by the services of Zero Dropout."""
