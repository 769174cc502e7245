from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Mod, NullIf
from django.utils.translation import gettext_lazy as _

from cagette.money import Basis, Price, exact_piece_price, to_cents
from cagette.photos import PhotoField
from catalogs.models.catalogs import Catalog
from catalogs.models.returnables import Returnable


class Category(models.TextChoices):
    VEGETABLES = "vegetables", _("vegetables")
    FRUIT = "fruit", _("fruit")
    DAIRY = "dairy", _("cheese and dairy")
    BREAD = "bread", _("bread")
    MEAT = "meat", _("meat")
    FISH = "fish", _("fish")
    EGGS = "eggs", _("eggs")
    HONEY = "honey", _("honey and jams")
    DRINKS = "drinks", _("drinks")
    GROCERY = "grocery", _("flour and groceries")
    HERBS = "herbs", _("herbs and plants")
    OTHER = "other", _("other")


class Unit(models.TextChoices):
    """What a buyer counts."""

    PIECE = "piece", _("piece")
    BUNCH = "bunch", _("bunch")
    JAR = "jar", _("jar")
    BOTTLE = "bottle", _("bottle")
    BAG = "bag", _("bag")
    BOX = "box", _("box")
    DOZEN = "dozen", _("dozen")
    KG = "kg", _("kg")
    LITRE = "litre", _("litre")


class ContentUnit(models.TextChoices):
    G = "g", "g"
    KG = "kg", "kg"
    ML = "ml", "ml"
    CL = "cl", "cl"
    L = "l", "l"
    PIECE = "piece", _("pieces")


class Label(models.TextChoices):
    ORGANIC = "organic", _("organic")
    IN_CONVERSION = "in_conversion", _("in conversion")
    DEMETER = "demeter", "Demeter"
    NATURE_PROGRES = "nature_progres", "Nature & Progrès"
    RED_LABEL = "red_label", "Label Rouge"
    PDO = "pdo", _("PDO")
    PGI = "pgi", _("PGI")
    FARMHOUSE = "farmhouse", _("farmhouse")


class Allergen(models.TextChoices):
    """The fourteen of Regulation (EU) 1169/2011, annex II."""

    GLUTEN = "gluten", _("gluten")
    CRUSTACEANS = "crustaceans", _("crustaceans")
    EGGS = "eggs", _("eggs")
    FISH = "fish", _("fish")
    PEANUTS = "peanuts", _("peanuts")
    SOYA = "soya", _("soya")
    MILK = "milk", _("milk")
    NUTS = "nuts", _("nuts")
    CELERY = "celery", _("celery")
    MUSTARD = "mustard", _("mustard")
    SESAME = "sesame", _("sesame")
    SULPHITES = "sulphites", _("sulphites")
    LUPIN = "lupin", _("lupin")
    MOLLUSCS = "molluscs", _("molluscs")


# How many kilograms or litres one of each content unit is, and which of the two.
MEASURES: dict[str, tuple[Decimal, str]] = {
    ContentUnit.G: (Decimal("0.001"), "kg"),
    ContentUnit.KG: (Decimal(1), "kg"),
    ContentUnit.ML: (Decimal("0.001"), "l"),
    ContentUnit.CL: (Decimal("0.01"), "l"),
    ContentUnit.L: (Decimal(1), "l"),
}


CHILLED = {Category.DAIRY, Category.MEAT, Category.FISH}
# "Entre 0 et 4 °C", "- 18 °C", "au réfrigérateur": how farms write in three languages that something stays cool.
STORED_COOL = re.compile(r"(?<![\d.,])[0-8]\s?°|(?<!\d)(?<!\d\s)[-−]\s?\d+\s?°|r[ée]frig|frigo|fridge", re.IGNORECASE)


class Goods(models.Model):
    """The description of something sold: a `Product` has it, and an `Offer` keeps a snapshot of it.

    A piece of weighed goods costs what the scales say: `price_per_kg` counts and `price` is empty. All prices are in
    the catalogue's currency, including VAT but for `professional_price`, which excludes it (per kilogram on weighed
    goods).
    """

    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    category = models.CharField(_("category"), max_length=20, choices=Category, default=Category.OTHER)
    labels = ArrayField(models.CharField(max_length=20, choices=Label), default=list, blank=True)
    origin = models.CharField(_("origin"), max_length=120, blank=True)
    ingredients = models.TextField(_("ingredients"), blank=True)
    allergens = ArrayField(models.CharField(max_length=20, choices=Allergen), default=list, blank=True)
    storage = models.CharField(_("storage"), max_length=200, blank=True)
    unit = models.CharField(_("unit"), max_length=10, choices=Unit, default=Unit.PIECE)
    content = models.DecimalField(
        _("net content"), max_digits=9, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    content_unit = models.CharField(_("content unit"), max_length=5, choices=ContentUnit, blank=True)
    price = models.DecimalField(
        _("price incl. VAT"), max_digits=8, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    professional_price = models.DecimalField(
        _("professional price excl. VAT"),
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    vat_rate = models.DecimalField(
        _("VAT rate"),
        max_digits=4,
        decimal_places=2,
        default=Decimal("5.50"),
        validators=[MinValueValidator(0), MaxValueValidator(30)],
    )
    weighed = models.BooleanField(_("sold by weight"), default=False)
    price_per_kg = models.DecimalField(
        _("price per kg incl. VAT"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    typical_weight_g = models.PositiveIntegerField(_("typical weight (g)"), null=True, blank=True)
    greatest_weight_g = models.PositiveIntegerField(_("greatest weight (g)"), null=True, blank=True)
    step = models.DecimalField(_("step"), max_digits=7, decimal_places=3, default=Decimal(1))
    minimum = models.DecimalField(_("minimum"), max_digits=7, decimal_places=3, default=Decimal(0))
    case_size = models.DecimalField(_("case size"), max_digits=7, decimal_places=3, null=True, blank=True)
    returnable = models.ForeignKey(
        Returnable, models.PROTECT, verbose_name=_("to give back"), null=True, blank=True, related_name="%(class)ss"
    )
    # The amount of what is given back, and written with it alone.
    deposit = models.DecimalField(_("deposit"), max_digits=6, decimal_places=2, default=Decimal(0))
    perishable = models.BooleanField(
        _("perishable"), default=True, help_text=_("What spoils fast can't be sent back within 14 days.")
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def chilled(self) -> bool:
        """Whether it travels in a cool bag: dairy, meat and fish, and what is stored at 8 °C or less."""
        return self.category in CHILLED or STORED_COOL.search(self.storage) is not None

    def piece_price(self) -> Decimal:
        """Return what households pay for one unit, incl. VAT; for weighed goods the estimate at the typical weight."""
        if self.weighed:
            assert self.price_per_kg is not None and self.typical_weight_g is not None
            return to_cents(exact_piece_price(self.price_per_kg, self.typical_weight_g))
        assert self.price is not None
        return self.price

    def priced(self, *, professional: bool) -> Price:
        """Return what one unit is sold at: incl. VAT, or to a professional excl. VAT where there is such a price."""
        net = professional and self.professional_price is not None
        basis = Basis.NET if net else Basis.GROSS
        price = self.professional_price if net else self.price_per_kg if self.weighed else self.price
        assert price is not None
        if not self.weighed:
            return Price(basis, price, self.vat_rate, self.deposit)
        assert self.typical_weight_g is not None
        piece = exact_piece_price(price, self.typical_weight_g)
        return Price(basis, piece, self.vat_rate, self.deposit, price, self.greatest_weight_g)

    def measure_price(self, *, net: bool = False) -> tuple[Decimal, str] | None:
        """Return the price per "kg" or "l", which the law wants beside every price; None where goods are counted.

        It includes VAT; `net` is for professionals, and excludes it. Derived, never stored: the price over the net
        content, half up to the cent.
        """
        price = self.priced(professional=net)
        if self.weighed:
            per_kg = price.per_kg_seen(net=net)
            assert per_kg is not None
            return per_kg, "kg"
        seen = price.seen(net=net)
        if self.unit == Unit.KG:
            return seen, "kg"
        if self.unit == Unit.LITRE:
            return seen, "l"
        if self.content and self.content_unit in MEASURES:
            factor, measure = MEASURES[self.content_unit]
            return to_cents(seen / (self.content * factor)), measure
        return None


def goods_constraints(model: str) -> list[models.BaseConstraint]:
    """What always holds for goods, named for `model` (a product or an offer)."""

    def in_steps(field: str) -> Any:
        # NULLIF: a step of zero is the other constraint's business, not a division by zero here.
        return models.lookups.Exact(Mod(F(field), NullIf(F("step"), Value(Decimal(0)))), Value(Decimal(0)))

    weighed = Q(weighed=True)
    return [
        models.CheckConstraint(name=f"{model}_has_a_name", condition=~Q(name="")),
        models.CheckConstraint(name=f"{model}_step_positive", condition=Q(step__gt=0)),
        models.CheckConstraint(
            name=f"{model}_amounts_not_negative",
            condition=Q(deposit__gte=0)
            & Q(minimum__gte=0)
            & Q(vat_rate__gte=0)
            & (Q(price=None) | Q(price__gte=0))
            & (Q(professional_price=None) | Q(professional_price__gte=0)),
        ),
        # That the two agree to the cent is a foreign key on both columns: see the migrations.
        models.CheckConstraint(
            name=f"{model}_deposit_of_a_returnable",
            condition=Q(returnable=None, deposit=0) | Q(returnable__isnull=False, deposit__gt=0),
        ),
        models.CheckConstraint(name=f"{model}_minimum_in_steps", condition=in_steps("minimum")),
        models.CheckConstraint(name=f"{model}_case_in_steps", condition=Q(case_size=None) | in_steps("case_size")),
        models.CheckConstraint(name=f"{model}_case_positive", condition=Q(case_size=None) | Q(case_size__gt=0)),
        models.CheckConstraint(
            name=f"{model}_content_has_unit",
            condition=Q(content=None, content_unit="") | (Q(content__gt=0) & ~Q(content_unit="")),
        ),
        models.CheckConstraint(
            name=f"{model}_priced_one_way",
            condition=(~weighed & Q(price__isnull=False, price_per_kg=None))
            | (weighed & Q(price=None, price_per_kg__gt=0, typical_weight_g__gt=0)),
        ),
        models.CheckConstraint(
            name=f"{model}_weighed_in_whole_pieces",
            condition=~weighed
            | Q(
                step=Decimal(1),
                case_size=None,
                unit=Unit.PIECE,
                greatest_weight_g__gte=F("typical_weight_g"),
            ),
        ),
    ]


class Product(Goods):
    """One line of a catalog. `reference` is unique in it: importing again matches on it.

    `position` is a number between those of its neighbours (`catalogs.positions`), so that moving a product changes
    this product alone. Products with the same one stand in the order of their ids.
    """

    catalog = models.ForeignKey(Catalog, models.PROTECT, related_name="products")
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    photo = PhotoField(_("photo"), upload_to="products/", blank=True)
    available = models.BooleanField(_("available"), default=True)
    stock = models.DecimalField(
        _("stock per round"),
        max_digits=9,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Blank: as much as people want."),
    )
    position = models.DecimalField(max_digits=26, decimal_places=16, default=Decimal(0))

    class Meta:
        verbose_name = _("product")
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            *goods_constraints("product"),
            models.UniqueConstraint(
                fields=["catalog", "reference"], name="product_reference_once", condition=~Q(reference="")
            ),
            models.CheckConstraint(name="product_stock_not_negative", condition=Q(stock=None) | Q(stock__gte=0)),
        ]


# What an offer keeps of its product, by column.
SNAPSHOT: tuple[str, ...] = tuple(field.attname for field in Goods._meta.local_fields)
