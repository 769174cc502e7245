"""The neighbours, by first names only. The first home of each quarter coordinates it."""

from deliveries.demo.content import Home, Quarter

STAFF = ("equipe@example.org", "Équipe")

SAINTE_CATHERINE = Quarter(
    name="Sainte-Catherine",
    slug="sainte-catherine",
    commune="Briançon",
    postcode="05100",
    position=("44.891200", "6.636100"),
    welcome=(
        "Une commande presque chaque semaine, distribuée le soir à la salle du quartier. On vient avec ses cageots, on "
        "repart avec des légumes, et parfois avec une recette.\n\nChacun tient une permanence de temps en temps."
    ),
    place={
        "name": "Salle du Vieux-Lavoir",
        "address": "3 place du Vieux-Lavoir, 05100 Briançon",
        "latitude": "44.891500",
        "longitude": "6.635800",
        "access": "Entrer par la cour. On peut s'arrêter cinq minutes devant le portail.",
    },
    homes=(
        Home("Solène et Yann", ("Solène", "Yann"), "06 39 98 01 01"),
        Home("Marion et les enfants", ("Marion",), "06 39 98 01 02"),
        Home("Odette", (), "04 65 71 01 03"),
        Home("Karim et Lise", ("Karim", "Lise"), "06 39 98 01 04"),
        Home("Restaurant La Louche Baladeuse", ("Prosper",), "04 65 71 01 05", {
            "legal_name": "SARL La Louche Baladeuse (démonstration)",
            "siren": "999990807",
            "vat_number": "FR83999990807",
            "billing_address": "8 rue du Chaudron, 05100 Briançon",
        }),
        Home("Aurore", ("Aurore",), "06 39 98 01 06"),
        Home("Thibault et Romane", ("Thibault", "Romane"), "06 39 98 01 07"),
        Home("Léonce", (), "04 65 71 01 08"),
        Home("Farida", ("Farida",), "06 39 98 01 09"),
        Home("Étienne", ("Étienne",), "06 39 98 01 10"),
        Home("La coloc du grenier", ("Jules", "Anouk", "Sacha"), "06 39 98 01 11"),
        Home("Giulia et Marco", ("Giulia",), "06 39 98 01 12", language="it"),
        Home("Huguette et René", (), "04 65 71 01 13"),
        Home("Noémie", ("Noémie",), "06 39 98 01 14"),
        Home("Victor", ("Victor",), "06 39 98 01 15"),
        Home("Clémence et Malo", ("Clémence",), "06 39 98 01 16"),
    ),
)  # fmt: skip

GARGOUILLE = Quarter(
    name="La Grande Gargouille",
    slug="grande-gargouille",
    commune="Briançon",
    postcode="05100",
    position=("44.899600", "6.643700"),
    welcome=(
        "Le groupe de la vieille ville : les rues sont en pente, les crêpes après la distribution sont à plat. "
        "Rejoignez-nous, il suffit de le demander ici."
    ),
    place={
        "name": "Sous les arcades du Petit-Pont",
        "address": "11 montée du Petit-Pont, 05100 Briançon",
        "latitude": "44.899900",
        "longitude": "6.644200",
        "access": "À pied seulement : prévoir un sac à dos ou un chariot.",
    },
    homes=(
        Home("Hugo", ("Hugo",), "06 39 98 02 01"),
        Home("Yasmine et Paulo", ("Yasmine", "Paulo"), "06 39 98 02 02"),
        Home("Blandine", ("Blandine",), "06 39 98 02 03"),
        Home("Lucette", (), "04 65 71 02 04"),
        Home("Arthur et Zoé", ("Arthur", "Zoé"), "06 39 98 02 05"),
        Home("Edwige", ("Edwige",), "06 39 98 02 06"),
        Home("Milo", ("Milo",), "06 39 98 02 07"),
        Home("Séverine", ("Séverine",), "06 39 98 02 08"),
        Home("Ilan et Prune", ("Ilan",), "06 39 98 02 09"),
        Home("Gaspard", ("Gaspard",), "06 39 98 02 10"),
        Home("Margot", ("Margot",), "06 39 98 02 11"),
    ),
)

VILLAR = Quarter(
    name="Villar, le bas du village",
    slug="villar-le-bas",
    commune="Villar-Saint-Pancrace",
    postcode="05100",
    position=("44.872300", "6.625900"),
    welcome="Un petit groupe autour du four banal. Dites-nous qui vous êtes : nous répondons dans la journée.",
    joining="approval",
    place={
        "name": "Le four banal",
        "address": "Place du Four-Banal, 05100 Villar-Saint-Pancrace",
        "latitude": "44.872600",
        "longitude": "6.626300",
        "access": "Devant le four ; s'il neige, sous l'auvent de l'école.",
    },
    homes=(
        Home("Perrine", ("Perrine",), "06 39 98 03 01"),
        Home("Loïc et Jeanne", ("Loïc", "Jeanne"), "06 39 98 03 02"),
        Home("Marthe", (), "04 65 71 03 03"),
        Home("Abel", ("Abel",), "06 39 98 03 04"),
        Home("Cyprien et Nour", ("Cyprien",), "06 39 98 03 05"),
        Home("Rosalie", ("Rosalie",), "06 39 98 03 06"),
        Home("Titouan", ("Titouan",), "06 39 98 03 07"),
    ),
    waiting=(
        Home("Camille", ("Camille",), "06 39 98 03 08"),
        Home("Dorian et Maïa", ("Dorian",), "06 39 98 03 09"),
    ),
)

CLAREE = Quarter(
    name="Les Granges de la Clarée",
    slug="granges-claree",
    commune="Val-des-Prés",
    postcode="05100",
    position=("44.943100", "6.675200"),
    welcome="Entre voisins du hameau. On entre par le lien que donne Ludivine.",
    joining="invitation",
    listed=False,
    place={
        "name": "La grange de Ludivine",
        "address": "Les Granges-d'en-Bas, 05100 Val-des-Prés",
        "latitude": "44.943400",
        "longitude": "6.675700",
        "access": "Deuxième grange à gauche après le pont ; la lumière est allumée.",
    },
    homes=(
        Home("Ludivine", ("Ludivine",), "06 39 98 04 01"),
        Home("Corentin", ("Corentin",), "06 39 98 04 02"),
        Home("Eulalie et Tom", ("Eulalie",), "06 39 98 04 03"),
        Home("Simone", (), "04 65 71 04 04"),
        Home("Basile", ("Basile",), "06 39 98 04 05"),
    ),
)

QUARTERS = (SAINTE_CATHERINE, GARGOUILLE, VILLAR, CLAREE)

# Who shows the site to a newcomer, by role: one login each.
COORDINATOR = "solene@example.org"
CONSUMER = "marion@example.org"
PROFESSIONAL = "prosper@example.org"
PRODUCER = "nadege@example.org"
