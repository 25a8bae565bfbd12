# SPDX-License-Identifier: MPL-2.0
"""A browser-like client of an instance, and the story of the demo that is played with it."""
