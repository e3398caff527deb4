-- | What of a module its entry can come to.
module Live (live) where

import GHC.Core (bindersOfBinds, flattenBinds)
import GHC.Core.FVs (exprSomeFreeVars)
import GHC.Core.InstEnv (instanceDFunId, is_cls_nm)
import GHC.Tc.Utils.TcType (tcSplitSigmaTy)
import GHC.Types.Id (Id, idName, idType)
import GHC.Types.Unique.Set (nonDetEltsUniqSet)
import GHC.Types.Var.Env (lookupVarEnv, mkVarEnv)
import GHC.Types.Var.Set (elemVarSet, emptyVarSet, extendVarSet, mkVarSet)
import Ghc

-- | Whether a binding of the module may run when its entry, given by name, does. The entry's code names what it uses, its
-- classes' instances too; which instances its constraints get, and by which order a map is built that is its argument, the
-- driver decides. Everything may run where nothing has that name.
live :: String -> ModGuts -> Id -> Bool
live entry guts
  | null entries = const True
  | otherwise = (`elemVarSet` grown emptyVarSet (entries ++ given))
  where
    own = bindersOfBinds (mg_binds guts)
    entries = [i | i <- own, nameOf (idName i) == entry]
    constrained = or [not (null theta) | i <- entries, let (_, theta, _) = tcSplitSigmaTy (idType i)]
    given = [instanceDFunId i | i <- mg_insts guts, constrained || nameOf (is_cls_nm i) `elem` ["Eq", "Ord", "Ix"]]
    sides = mkVarEnv (flattenBinds (mg_binds guts))
    mine = mkVarSet own
    grown seen todo = case todo of
      [] -> seen
      i : rest
        | i `elemVarSet` seen -> grown seen rest
        | otherwise -> grown (extendVarSet seen i) (maybe [] (nonDetEltsUniqSet . exprSomeFreeVars (`elemVarSet` mine)) (lookupVarEnv sides i) ++ rest)
