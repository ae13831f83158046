"""JT/T 808 (道路运输车辆卫星定位系统终端通讯协议), 2011, 2013 and 2019: from bytes to fixes and replies.

`Session` is one connection: bytes go in, what is asked of the platform comes out, and answers leave in the
order of their questions. No socket, no clock and no database is known here.
"""

from __future__ import annotations

from spatial.patrols.protocols.jt808.session import (
    Authenticate,
    Limits,
    LogOut,
    Receipt,
    Register,
    Session,
    Take,
    Tell,
)

__all__ = ["Authenticate", "Limits", "LogOut", "Receipt", "Register", "Session", "Take", "Tell"]
