from deliveries.demo.content import Certified, Farm, good

FARM = Farm(
    name="Le Verger du Hérisson Patient",
    code="PO",
    catalog="Pommes, poires et conserves",
    commune="Guillestre",
    address="Les Longues-Planches, 05600 Guillestre",
    position=("44.660300", "6.648900"),
    phone="04 65 71 00 17",
    story=(
        "Trois hectares de pommiers et de poiriers plantés par la génération d'avant, dont vingt variétés que l'on ne "
        "trouve plus en magasin. Les hérissons s'occupent des limaces, les mésanges du reste.\n\n"
        "Nous sommes en troisième année de conversion à l'agriculture biologique."
    ),
    owner="gwenola@example.org",
    owner_name="Gwénola",
    means=("cash", "cheque", "card"),
    particulars={
        "legal_name": "EARL des Longues-Planches (démonstration)",
        "siren": "999990526",
        "siret": "99999052600013",
        "vat_regime": "flat_rate",
        "consumer_mediator": "Médiation de démonstration, 05100 Briançon",
        "iban": "FR7699999000010099999052614",
        "iban_holder": "EARL DES LONGUES-PLANCHES",
    },
    certificates=(Certified("FR-BIO-99", -60, 305, ("honey",)),),
    usual={
        "category": "fruit",
        "labels": ["in_conversion"],
        "origin": "Guillestre (Hautes-Alpes)",
        "storage": "Au frais",
        "vat_rate": "0",
    },
    goods=(
        good("Pommes à couteau, mélange", "2.90", unit="kg", step="0.5", minimum="1", professional_price="2.40",
             description="Trois variétés de la semaine, dans le même sac."),
        good("Pommes à croquer, acidulées", "3.20", unit="kg", step="0.5", minimum="1"),
        good("Pommes à croquer, sucrées", "3.20", unit="kg", step="0.5", minimum="1"),
        good("Pommes à cuire", "2.40", unit="kg", step="0.5", minimum="1", professional_price="1.95"),
        good("Pommes, le plateau", "24.00", unit="box", content="10 kg", stock="12", professional_price="20.50"),
        good("Poires fondantes", "3.90", unit="kg", step="0.5", minimum="0.5"),
        good("Poires à cuire", "3.10", unit="kg", step="0.5", minimum="0.5"),
        good("Coings", "3.50", unit="kg", step="0.5", minimum="0.5", stock="30"),
        good("Noix en coque", "7.50", unit="kg", step="0.5", minimum="0.5", allergens=["nuts"], perishable=False,
             storage="Au sec"),
        good("Compote de pommes", "4.90", unit="jar", content="580 g", deposit="0.50", perishable=False,
             ingredients="Pommes 100 %", storage="Au frais une fois ouvert"),
        good("Compote de pommes et de poires", "5.20", unit="jar", content="580 g", deposit="0.50", perishable=False,
             ingredients="Pommes 60 %, poires 40 %", storage="Au frais une fois ouvert"),
        good("Gelée de coing", "5.40", unit="jar", content="230 g", category="honey", labels=["organic"],
             ingredients="Jus de coing 55 %, sucre de canne, citron", perishable=False),
        good("Pommes séchées en rondelles", "4.80", unit="bag", content="100 g", perishable=False, storage="Au sec",
             ingredients="Pommes 100 %"),
        good("Confiture d'abricots", "5.90", unit="jar", content="320 g", category="honey", labels=["organic"],
             ingredients="Abricots 60 %, sucre de canne", perishable=False, stock="24"),
    ),
)  # fmt: skip
