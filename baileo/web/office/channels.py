"""Channel accounts with their test button, and canned replies."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from baileo.city.messages import registry, services
from baileo.city.messages.manifest import SettingField
from baileo.city.messages.models import CannedReply, ChannelAccount
from baileo.ground.people.models import User
from baileo.ground.people.selectors import actor_name
from baileo.web.office.through_services import CreateView, EditView, ServiceViewSet


class AccountForm(forms.ModelForm[ChannelAccount]):
    """Name and address of the account, then the fields its plug-in declares in its manifest."""

    class Meta:
        model = ChannelAccount
        fields: ClassVar = ["channel", "name", "slug", "is_enabled"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channel = self.instance.channel or self.initial.get("channel") or registry.channel_names()[0]
        self.fields["channel"] = forms.ChoiceField(
            label=_("Channel"),
            choices=[(name, registry.manifest_of(name).label) for name in registry.channel_names()],
            initial=channel,
            disabled=bool(self.instance.pk),
        )
        self.declared = registry.manifest_of(self.data.get("channel") or channel).fields
        for declared in self.declared:
            self.fields[f"field_{declared.name}"] = self._field(declared)

    def _field(self, declared: SettingField) -> forms.Field:
        kept = "" if declared.is_secret else self.instance.settings.get(declared.name, declared.default)
        has_secret = declared.is_secret and bool(self.instance.sealed_secrets)
        words = {"label": declared.label, "help_text": declared.help, "initial": kept}
        required = declared.is_required and not has_secret
        if declared.choices:
            return forms.ChoiceField(choices=[(value, value) for value in declared.choices], required=required, **words)
        if declared.is_secret:
            hint = _("kept sealed; leave empty to keep it") if has_secret else ""
            widget = forms.PasswordInput(attrs={"autocomplete": "off", "placeholder": hint})
            return forms.CharField(widget=widget, required=required, **words)
        return forms.CharField(required=required, **words)

    def values(self, *, secret: bool) -> dict[str, str]:
        return {
            declared.name: self.cleaned_data.get(f"field_{declared.name}", "")
            for declared in self.declared
            if declared.is_secret == secret
        }


class AccountCreateView(CreateView):
    template_name = "office/account_form.html"

    def get_initial(self) -> dict[str, Any]:
        return {"channel": self.request.GET.get("channel", "")} if self.request.GET.get("channel") else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        manifests = [registry.manifest_of(name) for name in registry.channel_names()]
        return {**super().get_context_data(**kwargs), "manifests": manifests}


class AccountEditView(EditView):
    template_name = "office/account_form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account: ChannelAccount = self.object
        hook = f"{settings.BAILEO.public_url}/hooks/{account.channel}/{account.slug}"
        needs_hook = registry.manifest_of(account.channel).needs_webhook
        return {**super().get_context_data(**kwargs), "account": account, "hook": hook if needs_hook else ""}


class AccountViewSet(ServiceViewSet):
    model = ChannelAccount
    name = "channel_accounts"
    url_prefix = "channel-accounts"
    icon = "mail"
    menu_label = _("Channel accounts")
    add_view_class = AccountCreateView
    edit_view_class = AccountEditView
    create_template_name = edit_template_name = "office/account_form.html"
    list_display: ClassVar = [
        "name",
        "channel",
        "is_enabled",
        "last_inbound_at",
        "last_outbound_at",
        "trouble",
        "refused_count",
    ]
    ordering: ClassVar = ["name"]

    def get_form_class(self, for_update: bool = False) -> type[AccountForm]:
        return AccountForm

    @staticmethod
    def save(instance: ChannelAccount, form: AccountForm, user: User) -> ChannelAccount:
        return services.account_save(
            account=ChannelAccount.objects.get(pk=instance.pk) if instance.pk else None,
            channel=instance.channel or form.cleaned_data["channel"],
            slug=instance.slug,
            name=instance.name,
            is_enabled=instance.is_enabled,
            settings={name: value for name, value in form.values(secret=False).items() if value},
            secrets={name: value for name, value in form.values(secret=True).items() if value},
            actor=actor_name(user),
        )


class CannedReplyViewSet(ServiceViewSet):
    model = CannedReply
    name = "canned_replies"
    url_prefix = "canned-replies"
    icon = "comment"
    menu_label = _("Canned replies")
    form_fields: ClassVar = ["title", "text", "agency", "position", "is_active"]
    list_display: ClassVar = ["title", "agency", "position", "is_active"]
    ordering: ClassVar = ["position", "title"]

    @staticmethod
    def save(instance: CannedReply, form: Any, user: User) -> Any:
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


class MessagesGroup(ModelViewSetGroup):  # type: ignore[misc]
    menu_label = _("Messages")
    menu_icon = "mail"
    menu_order = 400
    items = (AccountViewSet, CannedReplyViewSet)
