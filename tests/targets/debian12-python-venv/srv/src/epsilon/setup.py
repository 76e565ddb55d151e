from setuptools import setup; setup(name="epsilon", version="0.5", packages=["epsilon"])
