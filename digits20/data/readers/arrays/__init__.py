"""Arrays in binary and MATLAB's files: IDX, .npy, .npz, .mat, HDF5, Parquet and pickles."""
