from django.apps import AppConfig, apps

OURS = ("cagette", "producers", "catalogs", "orders", "deliveries")


class CagetteConfig(AppConfig):
    name = "cagette"

    def ready(self) -> None:
        from cagette import column_names

        column_names.give(model for app in OURS for model in apps.get_app_config(app).get_models())
