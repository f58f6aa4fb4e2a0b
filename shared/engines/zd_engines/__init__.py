"""Starts real PostgreSQL and Apache Kafka from registry packages, without Docker, system Java or root."""
