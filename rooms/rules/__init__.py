"""Who may do what about rooms, devices and incidents, now. Pure: facts in, verdict out.

Whether a grant opens the act is the gate's and the database's business; these rules judge the act.
"""
