"""The four ways in which bKash says no."""

from freehold.simulators.kit.errors import Refusal

TEXTS = {
    "2001": "Invalid App Key",
    "2002": "Invalid Payment ID",
    "2006": "Invalid amount",
    "2007": "Invalid currency",
    "2008": "Invalid intent",
    "2012": "Invalid Receiver MSISDN",
    "2014": "Wrong PIN",
    "2023": "Insufficient Balance",
    "2029": "Duplicate for all transactions",
    "2031": "Invalid merchant invoice number",
    "2033": "Transaction not found",
    "2034": "The transaction cannot be reversed because the original transaction has been reversed",
    "2048": "Invalid Payer Reference",
    "2049": "Invalid Merchant Callback URL",
    "2056": "Invalid Payment State",
    "2057": "Not a bKash Account",
    "2060": "Payment execution pre-requisite hasn't been met",
    "2063": "Mode is not valid as per request data",
    "2065": "Mandatory field missing",
    "2069": "Transaction has already been cancelled",
    "2071": "Refund after the allowed days not allowed",
    "2072": "Refund amount not valid",
    "2074": "The transaction cannot be reversed",
    "2077": "Invalid TrxID",
    "2079": "Invalid app Token",
    "2117": "The payment execution has already been completed",
    "2119": "The authorized payment has already been processed",
    "2127": "Transaction not yet completed",
}


def status_code(code: str) -> Refusal:
    """Of the tokenized product: HTTP 200 all the same."""
    return Refusal(200, TEXTS[code], {"statusCode": code, "statusMessage": TEXTS[code]})


def error_code(code: str) -> Refusal:
    """Of the checkout product."""
    return Refusal(200, TEXTS[code], {"errorCode": code, "errorMessage": TEXTS[code]})


def refund_code(code: str) -> Refusal:
    """Of the second version of refunds."""
    name = TEXTS[code].lower().replace(" ", "_")
    body = {"internalCode": name, "externalCode": code, "errorMessageEn": TEXTS[code], "errorMessageBn": None}
    return Refusal(400, TEXTS[code], body)


def doorman(status: int, message: str) -> Refusal:
    """Of the gateway in front of all products."""
    return Refusal(status, message, {"message": message})


def no_credentials(message: str) -> Refusal:
    return Refusal(401, message, {"status": "fail", "msg": message})
