"""service.py - stub"""
def record(recorder):
    pass
