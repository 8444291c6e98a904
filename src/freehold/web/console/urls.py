"""The addresses of the console."""

from django.urls import path

from freehold.web.console.views import (
    api_keys,
    board,
    bookings,
    deposits,
    gateways,
    money,
    people,
    reconciliation,
    refunds,
    security,
    switch,
)

app_name = "console"

urlpatterns = [
    path("", board.today, name="today"),
    path("company/", switch.company, name="switch"),
    path("people/", people.people, name="people"),
    path("people/<uuid:membership_id>/role/", people.role, name="role"),
    path("people/<uuid:membership_id>/remove/", people.remove, name="remove-member"),
    path("people/invitations/<uuid:invitation_id>/resend/", people.resend, name="resend-invitation"),
    path("people/invitations/<uuid:invitation_id>/revoke/", people.revoke, name="revoke-invitation"),
    path("security/", security.security, name="security"),
    path("api-keys/", api_keys.api_keys, name="api-keys"),
    path("api-keys/<uuid:key_id>/revoke/", api_keys.revoke, name="revoke-api-key"),
    path("gateways/", gateways.gateways, name="gateways"),
    path("gateways/new/<slug:provider>/", gateways.connect, name="gateway_new"),
    path("gateways/<uuid:account_id>/", gateways.gateway, name="gateway"),
    path("gateways/<uuid:account_id>/switch/", gateways.switch, name="gateway_switch"),
    path("gateways/<uuid:account_id>/secrets/<slug:name>/", gateways.rotate, name="gateway_rotate"),
    path("money/", money.payments, name="payments"),
    path("money/waiting/", money.waiting, name="money_waiting"),
    path("money/record/", money.record, name="money_record"),
    path("money/payments/<uuid:payment_id>/", money.payment, name="payment"),
    path("money/payments/<uuid:payment_id>/ask/", money.ask, name="payment_ask"),
    path("money/payments/<uuid:payment_id>/refund/", refunds.refund, name="payment_refund"),
    path("money/reviews/<uuid:item_id>/<slug:step>/", money.review, name="money_review"),
    path("money/refunds/<uuid:refund_id>/<slug:step>/", money.refund, name="money_refund"),
    path("money/reconciliation/", reconciliation.days, name="reconciliation"),
    path("money/reconciliation.csv", reconciliation.exported, name="reconciliation_csv"),
    path("money/reconciliation/compare/", reconciliation.compare, name="reconciliation_compare"),
    path("money/differences/<uuid:difference_id>/<slug:step>/", reconciliation.repair, name="money_difference"),
    path("money/events/<uuid:event_id>/replay/", money.replay, name="money_replay"),
    path("money/credits/<uuid:credit_id>/<slug:step>/", money.credit, name="money_credit"),
    path("money/deposits/", deposits.deposits, name="deposits"),
    path("money/deposits/<uuid:deposit_id>/<slug:step>/", deposits.step, name="deposit_step"),
    path("money/payments/<uuid:payment_id>/capture/", deposits.capture, name="payment_capture"),
    path("bookings/", bookings.listed, name="bookings"),
    path("bookings.csv", bookings.exported, name="bookings_csv"),
    path("bookings/<slug:reference>/", bookings.booking, name="booking"),
    path("bookings/<slug:reference>/cancel/", bookings.cancel, name="cancel"),
    path("bookings/<slug:reference>/<slug:step>/", bookings.act, name="act"),
]
