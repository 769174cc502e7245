from deliveries.demo.content import Certified, Farm, good

FARM = Farm(
    name="Le Rucher du Bourdon Distrait",
    code="MI",
    catalog="Miels et compagnie",
    commune="Val-des-Prés",
    address="Les Combes-Claires, 05100 Val-des-Prés",
    position=("44.944300", "6.676500"),
    phone="04 65 71 00 13",
    story=(
        "Quatre-vingts ruches d'abeilles noires qui passent l'hiver dans la vallée et l'été sous les mélèzes. Nous "
        "récoltons deux ou trois fois par an, selon ce que la neige a laissé fleurir.\n\n"
        "Le miel est extrait à froid et mis en pot à la main. Rendez-nous les pots : nous les lavons."
    ),
    owner="tanguy@example.org",
    owner_name="Tanguy",
    means=("cash", "cheque", "local_currency"),
    particulars={
        "legal_name": "Le Bourdon Distrait, entreprise individuelle (démonstration)",
        "siren": "999990245",
        "siret": "99999024500018",
        "vat_regime": "franchise",
        "consumer_mediator": "Médiation de démonstration, 05100 Briançon",
        "iban": "FR7699999000010099999024581",
        "iban_holder": "LE BOURDON DISTRAIT",
    },
    certificates=(Certified("FR-BIO-99", -500, -40, ("honey",)),),
    usual={
        "category": "honey",
        "unit": "jar",
        "labels": ["organic"],
        "origin": "Hautes-Alpes, France",
        "storage": "À l'abri de la lumière",
        "perishable": False,
        "vat_rate": "0",
    },
    goods=(
        good("Miel de haute montagne", "9.50", "jar", "500 g", professional_price="8.20", case_size="6",
             description="Récolté au-dessus de 1 500 m. Livré par cartons de six pots."),
        good("Miel de haute montagne, petit pot", "5.60", "jar", "250 g"),
        good("Miel de mélèze", "11.50", "jar", "500 g", stock="24",
             description="Un miellat ambré, rare : il n'y en a pas tous les ans."),
        good("Miel de lavande", "9.80", "jar", "500 g"),
        good("Miel de sainfoin", "9.20", "jar", "500 g", stock="30"),
        good("Miel crémeux de printemps", "8.90", "jar", "500 g"),
        good("Miel de montagne, le seau", "49.00", "box", "3 kg", stock="6", professional_price="42.00",
             description="Pour les gourmands et les cuisines : trois kilos."),
        good("Pollen frais", "8.50", "bag", "125 g", storage="Entre 0 et 4 °C, ou au congélateur", perishable=True),
        good("Propolis, teinture", "12.00", "bottle", "30 ml", labels=[], category="other",
             ingredients="Alcool, propolis 20 %"),
        good("Pain d'épices au miel", "7.90", "piece", "350 g", category="bread", allergens=["gluten", "eggs", "milk"],
             ingredients="Miel 45 %, farine de BLÉ, farine de SEIGLE, LAIT, ŒUFS, épices, bicarbonate"),
        good("Nougat tendre aux amandes", "6.50", "piece", "120 g", allergens=["nuts", "eggs"], labels=[],
             ingredients="Miel 35 %, AMANDES 32 %, sucre, blanc d'ŒUF, pain azyme"),
        good("Bougie en cire d'abeille", "8.00", "piece", "110 g", labels=[], category="other", origin=""),
    ),
)  # fmt: skip
