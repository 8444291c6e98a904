from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "freehold.inventory"
    label = "inventory"
