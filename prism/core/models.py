"""An index of the ground floor's models, by file."""

from prism.core.audit_entry import AuditEntry
from prism.core.login_attempts import LogInAttempt
from prism.core.second_factor import RecoveryCode, SecondFactor
from prism.core.sessions import Session
from prism.core.tokens import Token

__all__ = ["AuditEntry", "LogInAttempt", "RecoveryCode", "SecondFactor", "Session", "Token"]
