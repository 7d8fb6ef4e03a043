"""Channel accounts with their test button, and canned replies."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.http import Http404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.model import ModelViewSetGroup

from baileo.city.messages import registry, services
from baileo.city.messages.manifest import Manifest, SettingField
from baileo.city.messages.models import CannedReply, ChannelAccount
from baileo.core.sealed import SealBroken
from baileo.ground.people.models import User
from baileo.ground.people.selectors import actor_name
from baileo.web.office.fields import agencies_for, choose
from baileo.web.office.through_services import CreateView, EditView, InWords, ServiceViewSet


class AccountForm(forms.ModelForm[ChannelAccount]):
    """Name and address of the account, then the fields its plug-in declares in its manifest.

    The channel is chosen before the form opens and stays. A secret is taken in and never given out again.
    """

    class Meta:
        model = ChannelAccount
        fields: ClassVar = ["name", "slug", "is_enabled"]
        labels: ClassVar = {"slug": _("Short name in addresses"), "is_enabled": _("Switched on")}
        help_texts: ClassVar = {
            "name": _("As officers and the wall show it: WhatsApp Kota Ambon."),
            "slug": _("Small letters, digits and - only. It is the last part of the webhook address."),
            "is_enabled": _("Switched off, nothing is fetched or sent; what waits stays."),
        }

    def __init__(self, *args: Any, channel: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.manifest: Manifest = registry.manifest_of(self.instance.channel or channel)
        self.instance.channel = self.manifest.name  # so that "once per channel" is checked with it
        kept = kept_secrets(self.instance)
        for declared in self.manifest.fields:
            self.fields[f"field_{declared.name}"] = self._field(declared, is_kept=declared.name in kept)

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"channel"}  # type: ignore[misc,no-any-return]

    def _field(self, declared: SettingField, *, is_kept: bool) -> forms.Field:
        """Required fields are asked for by the service, which lets a half-filled account be kept switched off."""
        words: dict[str, Any] = {"label": declared.label, "help_text": declared.help, "required": False}
        if declared.is_secret:
            if is_kept:
                words["help_text"] = f"{declared.help} {gettext('Kept sealed; leave empty to keep it.')}".strip()
            return forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), **words)
        words["initial"] = self.instance.settings.get(declared.name, declared.default)
        if declared.choices:
            return forms.ChoiceField(choices=[(value, value) for value in declared.choices], **words)
        return forms.CharField(**words)

    def values(self, *, secret: bool) -> dict[str, str]:
        """What was typed into the declared fields, the empty ones left out."""
        typed = {
            field.name: str(self.cleaned_data.get(f"field_{field.name}", "")).strip()
            for field in self.manifest.fields
            if field.is_secret == secret
        }
        return {name: value for name, value in typed.items() if value}


def kept_secrets(account: ChannelAccount) -> frozenset[str]:
    """Names of the secrets that are stored; none when the key they were sealed with is gone."""
    if not account.sealed_secrets:
        return frozenset()
    try:
        return frozenset(name for name, value in registry.account_settings(account).secrets.items() if value)
    except SealBroken:
        return frozenset()


class AccountCreateView(CreateView):
    """First the channel, then its form."""

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.channel = request.GET.get("channel", "")

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if self.channel not in {"", *registry.channel_names()}:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        channel = self.channel or registry.channel_names()[0]
        return {**super().get_form_kwargs(), "channel": channel, "initial": {"slug": channel.replace("_", "-")}}

    def get_template_names(self) -> list[str]:
        return ["office/account_form.html" if self.channel else "office/account_choose.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        manifests = [registry.manifest_of(name) for name in registry.channel_names()]
        return {**super().get_context_data(**kwargs), "manifests": manifests, "action_url": f"?channel={self.channel}"}


class AccountEditView(EditView):
    template_name = "office/account_form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account: ChannelAccount = self.object
        needs_hook = registry.manifest_of(account.channel).needs_webhook and account.settings.get("mode") != "polling"
        hook = f"{settings.BAILEO.public_url}/hooks/{account.channel}/{ChannelAccount.objects.get(pk=account.pk).slug}"
        return {**super().get_context_data(**kwargs), "account": account, "hook": hook if needs_hook else ""}


def _channel(account: ChannelAccount) -> str:
    return registry.manifest_of(account.channel).label


def _state(account: ChannelAccount) -> str:
    if not account.is_enabled:
        return gettext("switched off")
    return account.trouble or gettext("works")


class AccountViewSet(ServiceViewSet):
    model = ChannelAccount
    form_class = AccountForm
    name = "channel-accounts"
    url_prefix = "channel-accounts"
    icon = "mail"
    menu_label = _("Channel accounts")
    add_view_class = AccountCreateView
    edit_view_class = AccountEditView
    edit_template_name = "office/account_form.html"
    list_display: ClassVar = [
        "name",
        Column("channel", label=_("Channel"), accessor=_channel, sort_key="channel"),
        Column("state", label=_("State"), accessor=_state),
        InWords("last_inbound_at", label=_("Last message in")),
        InWords("last_outbound_at", label=_("Last message out")),
    ]
    inspect_view_fields: ClassVar = [
        "name",
        "channel",
        "slug",
        "is_enabled",
        "last_inbound_at",
        "last_outbound_at",
        "trouble",
        "refused_count",
    ]
    ordering: ClassVar = ["name"]

    @staticmethod
    def save(instance: ChannelAccount, form: AccountForm, user: User) -> ChannelAccount:
        return services.account_save(
            account=ChannelAccount.objects.get(pk=instance.pk) if instance.pk else None,
            channel=form.manifest.name,
            slug=instance.slug,
            name=instance.name,
            is_enabled=instance.is_enabled,
            settings=form.values(secret=False),
            secrets=form.values(secret=True),
            actor=actor_name(user),
        )

    @staticmethod
    def subject(instance: ChannelAccount) -> str:
        return f"channel_account:{instance.slug}"


class CannedReplyForm(forms.ModelForm[CannedReply]):
    class Meta:
        model = CannedReply
        fields: ClassVar = ["title", "text", "agency", "position", "is_active"]
        widgets: ClassVar = {"text": forms.Textarea(attrs={"rows": 6})}
        help_texts: ClassVar = {
            "title": _("Officers find it by this."),
            "text": _("Sent as it stands, after the officer has read it over. No names, no numbers of citizens."),
            "position": _("Small numbers come first."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "agency", agencies_for(self.instance.agency_id), none=_("every agency"))


class CannedReplyViewSet(ServiceViewSet):
    model = CannedReply
    form_class = CannedReplyForm
    name = "canned-replies"
    url_prefix = "canned-replies"
    icon = "comment"
    menu_label = _("Canned replies")
    list_display: ClassVar = ["title", "agency", "position", "is_active"]
    list_filter: ClassVar = ["agency", "is_active"]
    inspect_view_fields: ClassVar = CannedReplyForm.Meta.fields
    search_fields: ClassVar = ["title", "text"]
    ordering: ClassVar = ["position", "title"]
    loads: ClassVar = ["agency"]

    @staticmethod
    def save(instance: CannedReply, form: CannedReplyForm, user: User) -> CannedReply:
        return services.canned_reply_save(
            reply=CannedReply.objects.get(pk=instance.pk) if instance.pk else None,
            title=instance.title,
            text=instance.text,
            agency_id=instance.agency_id,
            position=instance.position,
            is_active=instance.is_active,
            actor=actor_name(user),
        )

    @staticmethod
    def delete(instance: CannedReply, user: User) -> None:
        services.canned_reply_delete(instance.pk, actor=actor_name(user))

    @staticmethod
    def subject(instance: CannedReply) -> str:
        return f"canned_reply:{instance.pk}"


class MessagesGroup(ModelViewSetGroup):  # type: ignore[misc]
    menu_label = _("Messages")
    menu_name = "messages"
    menu_icon = "mail"
    menu_order = 400
    items = (AccountViewSet, CannedReplyViewSet)
