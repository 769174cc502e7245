"""A farmer's photo, from the phone that took it to the order sheet of a neighbour."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from django.conf import settings
from PIL import Image
from playwright.sync_api import expect

from catalogs.models import Product
from tests import cast
from tests.orders.sheets import signed_in
from tests.running import PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django.live_server_helper import LiveServer


HEIC = b"\0\0\0\x24ftypheic" + b"\0" * 100


def a_phones_photo() -> bytes:
    """3000 × 4000, held upright, with the place in it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (44.0, 53.0, 0.0)
    out = io.BytesIO()
    Image.effect_noise((400, 300), 60).resize((4000, 3000)).convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_photo_is_uploaded_from_a_phone_and_seen_small_on_the_sheet(
    browser: Browser, live_server: LiveServer, transactional_db: None
) -> None:
    catalog = cast.a_catalog(products=1)
    product = catalog.products.get()
    round = cast.an_open_round(None, catalog)
    phone = browser.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        device_scale_factor=2,
        locale="fr-FR",
        base_url=live_server.url,
    )
    session = signed_in(cast.a_farmer(catalog.producer)).cookies[settings.SESSION_COOKIE_NAME].value
    phone.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = phone.new_page()

    page.goto(f"/products/{product.pk}/edit/")
    page.set_input_files("[name=photo]", {"name": "IMG.HEIC", "mimeType": "image/heic", "buffer": HEIC})
    page.locator(".product-form button[type=submit]").last.click()
    expect(page.locator("#id_photo_error")).to_contain_text("JPEG", timeout=15_000)
    page.set_input_files("[name=photo]", {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": a_phones_photo()})
    page.locator(".product-form button[type=submit]").last.click()
    page.wait_for_url(f"**/catalogs/{catalog.pk}/**")
    assert str(Product.objects.get().photo).endswith("-1200x1600.jpg")

    page.goto(f"/rounds/{round.pk}/")
    picture = page.locator(".order-line-picture img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 192, timeout=15_000)
    assert picture.evaluate("img => img.currentSrc.split('-').at(-1)") == "thumb.avif"
    box = picture.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (56, 56)
    phone.close()
