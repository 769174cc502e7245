from deliveries.demo.content import Certified, Farm, good

FARM = Farm(
    name="Le Moulin de la Meule Endormie",
    code="FA",
    catalog="Farines, pâtes et légumes secs",
    commune="L'Argentière-la-Bessée",
    address="La Grange-aux-Blés, 05120 L'Argentière-la-Bessée",
    position=("44.793200", "6.556200"),
    phone="04 65 71 00 19",
    story=(
        "Des blés de pays semés sur dix hectares, une meule de granit qui tourne à soixante tours par minute et un "
        "chat pour les souris. La meule s'endort en février : faites vos réserves avant.\n\n"
        "Nos farines contiennent leur germe : gardez-les au frais et mangez-les dans les trois mois."
    ),
    owner="achille@example.org",
    owner_name="Achille",
    means=("cheque", "transfer"),
    particulars={
        "legal_name": "EARL de la Grange-aux-Blés (démonstration)",
        "siren": "999990666",
        "siret": "99999066600010",
        "vat_regime": "liable",
        "vat_number": "FR48999990666",
        "consumer_mediator": "Médiation de démonstration, 05100 Briançon",
        "iban": "FR7699999000010099999066679",
        "iban_holder": "EARL DE LA GRANGE-AUX-BLES",
    },
    certificates=(Certified("FR-BIO-99", -340, 25, ("grocery",)),),
    usual={
        "category": "grocery",
        "labels": ["organic"],
        "origin": "L'Argentière-la-Bessée (Hautes-Alpes)",
        "allergens": ["gluten"],
        "storage": "Au sec et au frais",
        "perishable": False,
        "vat_rate": "5.50",
    },
    goods=(
        good("Farine de blé T65", "2.90", unit="bag", content="1 kg", ingredients="BLÉ"),
        good("Farine de blé T80", "2.90", unit="bag", content="1 kg", ingredients="BLÉ", professional_price="2.35"),
        good("Farine de blé T80, le sac", "12.90", unit="bag", content="5 kg", ingredients="BLÉ", stock="20",
             professional_price="10.40"),
        good("Farine de blé T110", "3.00", unit="bag", content="1 kg", ingredients="BLÉ"),
        good("Farine de seigle", "3.10", unit="bag", content="1 kg", ingredients="SEIGLE"),
        good("Farine de petit épeautre", "4.90", unit="bag", content="1 kg", ingredients="Petit ÉPEAUTRE"),
        good("Farine de pois chiche", "4.20", unit="bag", content="500 g", allergens=[],
             ingredients="Pois chiche. Peut contenir des traces de gluten."),
        good("Petit épeautre décortiqué", "4.80", unit="bag", content="500 g", ingredients="Petit ÉPEAUTRE"),
        good("Lentilles vertes", "3.60", unit="bag", content="500 g", allergens=[], origin="Hautes-Alpes"),
        good("Pois chiches", "3.40", unit="bag", content="500 g", allergens=[], origin="Hautes-Alpes"),
        good("Pâtes de blé, coquillettes", "3.20", unit="bag", content="500 g", ingredients="Semoule de BLÉ, eau",
             professional_price="2.60"),
        good("Pâtes de blé, rubans", "3.40", unit="bag", content="500 g", ingredients="Semoule de BLÉ, eau"),
        good("Polenta", "3.50", unit="bag", content="500 g", allergens=[], ingredients="Maïs"),
        good("Huile de noix", "14.50", unit="bottle", content="50 cl", allergens=["nuts"], stock="10",
             ingredients="NOIX", storage="À l'abri de la lumière"),
    ),
)  # fmt: skip
