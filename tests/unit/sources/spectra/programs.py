"""Small tables as Osprey, LCModel and Gannet write them."""

from __future__ import annotations

from pathlib import Path

LCMODEL = """ LCModel (Version 6.3-1N) Copyright

$$CONC  6 lines in following concentration table = NCONC+1
    Conc.  %SD /Cr+PCr  Metabolite
    8.460   6%   1.050 Glu
    2.110  25%   0.262+Gln
    0.000 999%   0.000 Lac
    8.060   3%   1.000 Cr+PCr
 1.06E+01   6%   1.312 Glu+Gln
    3.120  11%   0.387+MM20

$$MISC  6 lines in following misc. output table
  FWHM = 0.040 ppm    S/N =  30
  Data shift =-0.015 ppm

$$INPU  3 lines in following input changes table
 hzpppm= 123.2
 dows= T
"""
GANNET = (
    "MATLAB_ver,Gannet_ver,DateofAnalysis,Filename,Avg_Delta_F0,GABA_ConcIU,GABA_ConcCr,GABA_FitError_W,"
    "GABA_FitError_Cr,GABA_FWHM,GABA_SNR,Glx_ConcIU,Glx_ConcCr,Glx_FitError_W,Glx_FitError_Cr,Glx_FWHM,"
    "Glx_SNR,H2O_FWHM,H2O_SNR,NAA_FWHM,NAA_SNR,GABA_ConcIU_CSFcorr,Glx_ConcIU_CSFcorr,fGM,fWM,fCSF\n"
    "2020b,3.1.5,20210401,raw/cai/mega.dat,0.1,2.5,0.11,5.1,5.2,19.1,17,7.9,0.35,4.1,4.2,16,40,9,4000,8.8,"
    "200,2.9,9.1,0.6,0.3,0.1\n"
    "2020b,3.1.5,20210401,raw/lin/mega.dat,0.2,2.6,0.12,5.3,5.4,19.2,18,8.1,0.36,4.3,4.4,16,41,9,4000,9.1,"
    "210,3.0,9.3,0.5,0.4,0.1\n"
)


def osprey(place: Path, *, names: bool = True, bounds: int = 2, what: str = "TissCorrWaterScaled") -> None:
    """Write a run of Osprey over two people into ``place``."""
    results, maps = place / "QuantifyResults", place / "SegMaps"
    results.mkdir(parents=True)
    maps.mkdir()
    (results / f"A_{what}_Voxel_1_Basis_1.tsv").write_text(
        "Glu\tGln\ttCr\ttNAA\tMM09\n12.5\t3.1\t10.2\t14.0\t9\n11.5\t2.9\t10.4\t13.5\t9\n"
    )
    (results / "A_CRLB_Voxel_1_Basis_1.tsv").write_text(
        "Glu\tGln\ttCr\ttNAA\tMM09\n" + "5\t22\t2\t3\t9\n" * bounds
    )
    (results / "A_amplMets_Voxel_1_Basis_1.tsv").write_text("Glu\tGln\ttCr\ttNAA\n1\t1\t1\t1\n1\t1\t1\t1\n")
    (maps / "TissueFractions_Voxel_1.tsv").write_text("fGM\tfWM\tfCSF\n0.6\t0.3\t0.1\n0.5\t0.3\t0.1\n")
    (place / "QM_processed_spectra.tsv").write_text(
        "Cr_SNR\tCr_FWHM\twater_FWHM\n100.4\t7.7\t8.0\n90\t8.2\t8.5\n"
    )
    if names:
        (place / "subject_names_and_excluded.tsv").write_text("subject\texclude\nsub-cai\t0\nsub-lin\t0\n")
