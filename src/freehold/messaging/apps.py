from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "freehold.messaging"
    label = "messaging"
