from deliveries.demo.content import Farm, good, weighed

FARM = Farm(
    name="Les Truites du Ruisseau Siffleur",
    code="TR",
    catalog="Truites et fumaisons",
    commune="Le Monêtier-les-Bains",
    address="Le Pré-du-Bief, 05220 Le Monêtier-les-Bains",
    position=("44.972500", "6.509800"),
    phone="04 65 71 00 15",
    story=(
        "Six bassins nourris par l'eau d'une source à sept degrés : nos truites grandissent lentement, dix-huit mois "
        "au moins. Nous pêchons le matin, préparons à midi et fumons au hêtre dans une cabane grande comme une "
        "armoire.\n\nApportez une glacière, même en hiver."
    ),
    owner="bastien@example.org",
    owner_name="Bastien",
    particulars={
        "legal_name": "SCEA du Pré-du-Bief (démonstration)",
        "siren": "999990385",
        "siret": "99999038500019",
        "vat_regime": "liable",
        "vat_number": "FR78999990385",
        "consumer_mediator": "Médiation de démonstration, 05100 Briançon",
        "iban": "FR7699999000010099999038549",
        "iban_holder": "SCEA DU PRE-DU-BIEF",
    },
    usual={
        "category": "fish",
        "origin": "Élevée au Monêtier-les-Bains (Hautes-Alpes), France",
        "allergens": ["fish"],
        "storage": "Entre 0 et 2 °C",
        "vat_rate": "5.50",
    },
    goods=(
        weighed("Truite arc-en-ciel vidée", "17.50", 280, 360, professional_price="13.80", stock="40",
                description="Portion pour une personne, vidée et prête à cuire."),
        weighed("Truite fario vidée", "22.00", 300, 400, stock="16",
                description="La truite d'ici, à la chair fine."),
        weighed("Grosse truite pour le four", "19.50", 1100, 1500, stock="8",
                description="Pour quatre à six personnes."),
        weighed("Omble chevalier", "27.00", 350, 450, stock="10", origin="Élevé au Monêtier-les-Bains, France"),
        weighed("Filets de truite, la paire", "29.00", 240, 300, professional_price="23.50", stock="30",
                description="Sans arêtes, avec la peau."),
        good("Truite fumée au hêtre, tranches", "9.80", unit="bag", content="120 g", stock="40",
             storage="Entre 0 et 4 °C", ingredients="TRUITE, sel, fumée de hêtre"),
        good("Truite fumée au hêtre, filet", "18.50", unit="bag", content="250 g", stock="15",
             storage="Entre 0 et 4 °C", ingredients="TRUITE, sel, fumée de hêtre"),
        good("Rillettes de truite", "6.90", unit="jar", content="150 g", allergens=["fish", "milk"],
             storage="Entre 0 et 4 °C", ingredients="TRUITE 62 %, fromage frais (LAIT), citron, ciboulette, sel"),
        good("Terrine de truite aux noisettes", "7.20", unit="jar", content="180 g", perishable=False,
             allergens=["fish", "eggs", "nuts"], storage="À température ambiante ; au frais une fois ouvert",
             ingredients="TRUITE 55 %, ŒUFS, NOISETTES 6 %, huile de colza, sel, poivre"),
        good("Œufs de truite", "11.90", unit="jar", content="80 g", stock="12", storage="Entre 0 et 4 °C",
             ingredients="Œufs de TRUITE, sel"),
    ),
)  # fmt: skip
