from deliveries.demo.content import Farm, good

# Nobody at this farm reads mail: a coordinator writes its catalog, answers for it and brings it the printed list.
FARM = Farm(
    name="Les Simples du Talus",
    code="HE",
    catalog="Tisanes et aromates",
    commune="Névache",
    address="Le Talus, 05100 Névache",
    position=("45.017900", "6.603300"),
    phone="06 39 98 00 20",
    story=(
        "Un talus plein sud, quarante plantes, une faucille et un séchoir dans la grange. Tout est cueilli à la main, "
        "séché à l'ombre et mis en sachet l'hiver au coin du poêle.\n\n"
        "Pas d'ordinateur au Talus : les commandes montent sur papier, avec le facteur ou avec qui passe."
    ),
    means=(),
    particulars={
        "legal_name": "Les Simples du Talus, entreprise individuelle (démonstration)",
        "siren": "999990732",
        "siret": "99999073200019",
        "vat_regime": "franchise",
        "consumer_mediator": "Médiation de démonstration, 05100 Briançon",
    },
    usual={
        "category": "herbs",
        "unit": "bag",
        "labels": ["nature_progres"],
        "origin": "Névache (Hautes-Alpes)",
        "storage": "Au sec, à l'abri de la lumière",
        "perishable": False,
        "vat_rate": "0",
    },
    goods=(
        good("Tisane du soir", "5.50", "bag", "25 g", ingredients="Tilleul, mélisse, bleuet, camomille"),
        good("Tisane de l'alpage", "5.50", "bag", "25 g", ingredients="Thym serpolet, achillée, framboisier, souci"),
        good("Tisane après le repas", "5.50", "bag", "25 g", ingredients="Menthe, fenouil, verveine"),
        good("Tisane d'hiver", "5.80", "bag", "25 g", ingredients="Thym, cynorhodon, sauge, mauve"),
        good("Thym serpolet", "3.80", "bag", "20 g", professional_price="3.20"),
        good("Sarriette", "3.80", "bag", "20 g", professional_price="3.20"),
        good("Génépi, le bouquet", "9.00", "bunch", "10 g", stock="10", description="Cultivé, jamais cueilli sauvage."),
        good("Sel aux herbes", "4.50", "jar", "150 g", ingredients="Sel de mer 85 %, herbes 15 %", category="grocery"),
        good("Sirop de mélisse", "7.50", "bottle", "50 cl", category="drinks",
             ingredients="Sucre, eau, mélisse, citron"),
        good("Baume aux bourgeons de mélèze", "9.50", "jar", "30 ml", category="other", stock="12"),
        good("Savon au serpolet", "6.00", "piece", "100 g", category="other", stock="20"),
        good("Fleurs comestibles séchées", "4.20", "bag", "8 g", ingredients="Bleuet, souci, rose"),
    ),
)  # fmt: skip
