"""Fingerprints beside the images that they describe, in an OCI registry.

A fingerprint is an artifact whose `subject` is the image (image-spec, "Guidelines for Artifact
Usage"). It is found by the referrers API, or by the tag that stands for it in registries without
one (distribution-spec, "Referrers Tag Schema").

Import from the modules: `reference` costs nothing, the client behind `artifact` takes its time.
"""
