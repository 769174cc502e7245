from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogsConfig(AppConfig):
    name = "catalogs"
    verbose_name = _("Catalogues")

    def ready(self) -> None:
        from cagette import tidying
        from catalogs import history

        tidying.REMEMBERED.append(history.photos)
