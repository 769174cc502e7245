"""The ten farms, in the order in which they came to the group."""

from deliveries.demo.farms.apples import FARM as APPLES
from deliveries.demo.farms.bread import FARM as BREAD
from deliveries.demo.farms.flour import FARM as FLOUR
from deliveries.demo.farms.goats import FARM as GOATS
from deliveries.demo.farms.herbs import FARM as HERBS
from deliveries.demo.farms.honey import FARM as HONEY
from deliveries.demo.farms.juice import FARM as JUICE
from deliveries.demo.farms.lamb import FARM as LAMB
from deliveries.demo.farms.trout import FARM as TROUT
from deliveries.demo.farms.vegetables import FARM as VEGETABLES

FARMS = (GOATS, VEGETABLES, HONEY, BREAD, TROUT, LAMB, APPLES, JUICE, FLOUR, HERBS)

__all__ = [
    "APPLES",
    "BREAD",
    "FARMS",
    "FLOUR",
    "GOATS",
    "HERBS",
    "HONEY",
    "JUICE",
    "LAMB",
    "TROUT",
    "VEGETABLES",
]
