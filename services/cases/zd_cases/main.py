from zd_cases.settings import CasesSettings
from fastapi import FastAPI
import zd_cases.cases.models, zd_cases.visits.models, zd_cases.placements.models
def create_app(settings: CasesSettings) -> FastAPI:
    return FastAPI()
