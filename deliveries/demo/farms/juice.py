from deliveries.demo.content import Certified, Farm, good

# Bottles come in whole cases of six, and are to be brought back.
BY_SIX = {"case_size": "6", "returnable": "bouteille 1 l"}
BY_SIX_SMALL = {"case_size": "6", "returnable": "bouteille 75 cl"}

FARM = Farm(
    name="Le Pressoir de la Roue qui Chante",
    code="JU",
    catalog="Jus, sirops et bulles",
    commune="Châteauroux-les-Alpes",
    address="Le Moulinet-Vieux, 05380 Châteauroux-les-Alpes",
    position=("44.614800", "6.520700"),
    phone="04 65 71 00 18",
    story=(
        "Un pressoir à paquets, une roue qui grince et les fruits de douze vergers voisins. Nous pressons du mois "
        "d'août au mois de décembre, sans rien ajouter.\n\n"
        "Les bouteilles sont consignées : rapportez-les vides et rincées. Nous livrons par caisses de six entières ; "
        "si la vôtre n'est pas pleine, vos voisins la complètent."
    ),
    owner="ines@example.org",
    owner_name="Inès",
    means=("cash", "cheque", "card", "transfer"),
    particulars={
        "legal_name": "SAS La Roue qui Chante (démonstration)",
        "siren": "999990591",
        "siret": "99999059100014",
        "vat_regime": "liable",
        "vat_number": "FR17999990591",
        "consumer_mediator": "Médiation de démonstration, 05100 Briançon",
        "iban": "FR7699999000010099999059113",
        "iban_holder": "SAS LA ROUE QUI CHANTE",
    },
    certificates=(Certified("FR-BIO-99", -30, 335),),
    returnables={"bouteille 1 l": "0.60", "bouteille 75 cl": "0.60", "petite bouteille 25 cl": "0.30"},
    unchecked=("bouteille 75 cl",),
    usual={
        "category": "drinks",
        "labels": ["organic"],
        "origin": "Fruits des Hautes-Alpes",
        "storage": "Au frais une fois ouvert",
        "perishable": False,
        "vat_rate": "5.50",
    },
    goods=(
        good("Jus de pomme", "3.80", unit="bottle", content="1 l", **BY_SIX, professional_price="3.05",
             ingredients="Jus de pomme 100 %"),
        good("Jus de pomme pétillant", "4.90", unit="bottle", content="75 cl", **BY_SIX_SMALL,
             professional_price="3.95", ingredients="Jus de pomme 100 %, gaz carbonique"),
        good("Jus de pomme et de coing", "4.30", unit="bottle", content="1 l", **BY_SIX,
             ingredients="Jus de pomme 85 %, jus de coing 15 %"),
        good("Jus de poire", "4.40", unit="bottle", content="1 l", **BY_SIX, professional_price="3.55",
             ingredients="Jus de poire 100 %"),
        good("Nectar d'abricot", "5.60", unit="bottle", content="1 l", **BY_SIX,
             ingredients="Purée d'abricot 55 %, eau, sucre"),
        good("Jus de raisin", "4.80", unit="bottle", content="1 l", **BY_SIX, ingredients="Jus de raisin 100 %"),
        good("Jus de pomme et de cassis", "4.70", unit="bottle", content="1 l", **BY_SIX,
             ingredients="Jus de pomme 88 %, jus de cassis 12 %"),
        good("Jus de carotte et de pomme", "4.90", unit="bottle", content="75 cl", **BY_SIX_SMALL,
             ingredients="Jus de carotte 60 %, jus de pomme 40 %"),
        good("Jus de pomme, grande poche", "13.50", unit="box", content="5 l",
             ingredients="Jus de pomme 100 %", description="Se garde six semaines une fois ouverte."),
        good("Jus de pomme, petites bouteilles", "2.20", unit="bottle", content="25 cl",
             returnable="petite bouteille 25 cl", case_size="12", professional_price="1.70",
             ingredients="Jus de pomme 100 %"),
        good("Sirop de sureau", "7.90", unit="bottle", content="50 cl",
             ingredients="Sucre de canne, eau, fleurs de sureau, citron"),
        good("Sirop de framboise", "8.40", unit="bottle", content="50 cl",
             ingredients="Sucre de canne, jus de framboise 45 %"),
        good("Vinaigre de cidre", "4.60", unit="bottle", content="50 cl",
             category="grocery", ingredients="Vinaigre de cidre 5 % d'acidité"),
        good("Cidre brut, 4,5 % vol.", "5.50", unit="bottle", content="75 cl", **BY_SIX_SMALL, vat_rate="20",
             allergens=["sulphites"], professional_price="3.95", ingredients="Pur jus de pomme fermenté, SULFITES",
             description="L'abus d'alcool est dangereux pour la santé : à consommer avec modération."),
    ),
)  # fmt: skip
