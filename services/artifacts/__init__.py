"""Deployment files made from the catalog: what a service's repository needs to be deployed at Railway."""
