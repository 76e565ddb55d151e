import alpha_lib
