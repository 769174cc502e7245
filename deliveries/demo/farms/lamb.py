from deliveries.demo.content import Farm, good, weighed

FARM = Farm(
    name="La Bergerie du Chien Couché",
    code="AG",
    catalog="Agneaux, volailles et œufs",
    commune="Cervières",
    address="Le Clot-des-Agnelles, 05100 Cervières",
    position=("44.871100", "6.722600"),
    phone="04 65 71 00 16",
    story=(
        "Deux cents brebis de montagne qui passent l'été au-dessus de 2 000 m, et une basse-cour qui ne connaît pas "
        "les grilles. Les agneaux sont abattus à moins de quarante kilomètres et découpés dans notre atelier.\n\n"
        "La viande part sous vide, étiquetée au poids. Nous ne descendons en ville qu'à partir d'une certaine somme : "
        "voyez le minimum de commande."
    ),
    owner="fanette@example.org",
    owner_name="Fanette",
    means=("cheque", "transfer"),
    particulars={
        "legal_name": "GAEC du Clot-des-Agnelles (démonstration)",
        "siren": "999990450",
        "siret": "99999045000011",
        "vat_regime": "flat_rate",
        "consumer_mediator": "Médiation de démonstration, 05100 Briançon",
        "iban": "FR7699999000010099999045048",
        "iban_holder": "GAEC DU CLOT-DES-AGNELLES",
    },
    usual={
        "category": "meat",
        "origin": "Né, élevé et abattu en France (Hautes-Alpes)",
        "storage": "Sous vide, entre 0 et 4 °C",
        "vat_rate": "0",
    },
    goods=(
        weighed("Gigot d'agneau entier", "24.50", 2100, 2600, stock="6", professional_price="21.50"),
        weighed("Demi-gigot d'agneau", "25.50", 1050, 1300, stock="8"),
        weighed("Épaule d'agneau roulée", "22.50", 1300, 1600, stock="8", professional_price="19.50"),
        weighed("Côtelettes d'agneau, par quatre", "27.00", 420, 520, stock="15"),
        weighed("Collier d'agneau", "14.00", 800, 1000, stock="6", description="Pour mijoter longtemps."),
        weighed("Sauté d'agneau", "19.50", 600, 700, stock="12"),
        weighed("Merguez d'agneau, par six", "17.50", 480, 560, stock="20", allergens=["sulphites"],
                description="Agneau, épices, boyau naturel. Sans porc."),
        weighed("Foie d'agneau", "16.00", 350, 450, stock="4"),
        good("Caissette d'agneau", "98.00", unit="box", content="5 kg", stock="5",
             description="Un demi-agneau en morceaux : gigot, épaule, côtelettes, collier, poitrine."),
        weighed("Poulet fermier prêt à cuire", "12.90", 1900, 2400, stock="15", labels=["farmhouse"],
                professional_price="10.80", description="Cent dix jours dehors, nourri au grain de la vallée."),
        weighed("Pintade fermière", "14.50", 1500, 1900, stock="6", labels=["farmhouse"]),
        weighed("Cuisses de poulet, la paire", "15.50", 520, 640, stock="10", labels=["farmhouse"]),
        good("Œufs plein air, la douzaine", "5.40", unit="dozen", category="eggs", allergens=["eggs"], stock="30",
             storage="À température ambiante", professional_price="4.60", labels=["farmhouse"]),
        good("Œufs plein air, par six", "2.90", unit="box", content="6 piece", category="eggs", allergens=["eggs"],
             stock="40", storage="À température ambiante", labels=["farmhouse"]),
        good("Terrine d'agneau aux herbes", "7.50", unit="jar", content="180 g", perishable=False, allergens=["eggs"],
             storage="À température ambiante ; au frais une fois ouvert",
             ingredients="Viande d'agneau 58 %, foie de volaille, ŒUFS, oignons, herbes, sel, poivre"),
        good("Peau de mouton lavable", "75.00", category="other", stock="2", perishable=False, storage="", origin=""),
    ),
)  # fmt: skip
