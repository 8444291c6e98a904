from django.apps import AppConfig


class PropertiesConfig(AppConfig):
    name = "freehold.properties"
    label = "properties"
