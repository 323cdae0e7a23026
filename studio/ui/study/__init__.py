"""The Study workspace: can people tell synthetic pictures from real ones?"""
