"""Staff and what qualifies them: employment, screening, certificates, fresh second factors."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower


class EmployerType(models.TextChoices):
    """Who employs the person."""

    EMPLOYEE = "employee", "employee"
    SUBCONTRACTOR = "subcontractor", "subcontractor"


class StaffManager(BaseUserManager["Staff"]):
    """Makes staff; there is no way to make a superuser."""

    def create_user(self, email: str, password: str, **fields: Any) -> Staff:
        """A person who can sign in with a password and still needs a second factor."""
        staff = self.model(email=self.normalize_email(email).lower(), **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff

    def get_by_natural_key(self, username: str | None) -> Staff:
        """E-mail addresses are compared without regard to case."""
        return self.get(email=(username or "").lower())


class Staff(AbstractBaseUser, PermissionsMixin):
    """A person's account. `person_id` is the human being: two accounts may share one.

    Separation of duty counts people, never accounts.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person_id = models.UUIDField(default=uuid.uuid4)
    name = models.CharField(max_length=120)
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    employer_type = models.CharField(
        max_length=20, choices=EmployerType.choices, default=EmployerType.EMPLOYEE
    )
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    contract_ends_on = models.DateField(null=True, blank=True)
    screened_on = models.DateField(null=True, blank=True)
    theme = models.CharField(
        max_length=8,
        default="system",
        choices=[("system", "As the system"), ("light", "Light"), ("dark", "Dark")],
    )
    density = models.CharField(
        max_length=12,
        default="compact",
        choices=[("comfortable", "Comfortable"), ("compact", "Compact"), ("dense", "Dense")],
    )
    shortcuts = models.BooleanField(default=True)
    mail_notices = models.BooleanField(default=True, help_text="Notices by e-mail too")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "country"]
    objects = StaffManager()

    class Meta:
        constraints: ClassVar = [
            # Zero Standing Access starts here: the flag exists for Django, and stays false.
            models.CheckConstraint(
                condition=models.Q(is_superuser=False), name="staff_never_superuser"
            ),
            models.UniqueConstraint(Lower("email"), name="staff_email_any_case"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """No administration site exists; the answer is always no."""
        return False


class CertificateKind(models.TextChoices):
    """What a certificate attests."""

    TRAINING = "training", "privacy and security training"
    PRIVACY = "privacy", "privacy responsibilities accepted"


class Certificate(models.Model):
    """One training passed or wording accepted, with its dates and the wording's version."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="certificates")
    kind = models.CharField(max_length=12, choices=CertificateKind.choices)
    wording_version = models.PositiveIntegerField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("issued_at")),
                name="certificate_expires_after_issue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, wording {self.wording_version}"


class StepUp(models.Model):
    """A second factor given afresh for one act on one thing; used once.

    `act` is such as "vote", "start", "revoke"; `subject` is the id of what it is about.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    act = models.CharField(max_length=20)
    subject = models.UUIDField()
    method = models.CharField(max_length=20)
    proven_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.act} by {self.staff_id}"
