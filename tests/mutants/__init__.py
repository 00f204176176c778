"""Mutation tests: each change breaks one documented promise and must fail a test."""
