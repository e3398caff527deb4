-- | The inner wall applied to a parsed program: what it may not contain, with the line, before GHC does anything with it.
module Audit
  ( Refusal (..)
  , auditPragmas
  , auditModule
  , withoutMain
  , withoutMainImports
  , withStandIns
  , underName
  , exported
  , signatures
  , importedModules
  , derivedPlaces
  ) where

import Data.Data (Data, cast, gmapQ, gmapT)
import Data.List (stripPrefix)
import Data.Maybe (mapMaybe)
import Data.Typeable (Typeable)
import GHC.Data.FastString ()
import GHC.Hs
import GHC.Types.Name.Occurrence (mkVarOcc, occNameString)
import GHC.Types.Name.Reader (RdrName (..), mkRdrQual, mkRdrUnqual, rdrNameOcc)
import GHC.Types.SrcLoc
import GHC.Unit.Types (IsBootInterface (..))
import Ghc
import Policy

-- | Why a program is refused (a member of Python's @Reason@), where, and in which words.
data Refusal = Refusal {refusalReason :: String, refusalLine :: Int, refusalText :: String}

-- | The first pragma that is not on the list.
auditPragmas :: [(Int, String)] -> Maybe Refusal
auditPragmas found = case mapMaybe refused found of
  r : _ -> Just r
  [] -> Nothing
  where
    refused (line, option) = case stripPrefix "-X" option of
      Just extension
        | allowedExtension extension -> Nothing
        | otherwise -> Just (Refusal "unsafe_pragma" line ("the language extension " ++ extension ++ " is not allowed"))
      Nothing
        | harmlessOption option -> Nothing
        | otherwise -> Just (Refusal "unsafe_pragma" line ("the compiler option " ++ option ++ " is not allowed in a program"))

-- | The first import or declaration that is not on the list.
auditModule :: Syntax -> Maybe Refusal
auditModule m = case mapMaybe import_ (hsmodImports m) ++ mapMaybe declaration (hsmodDecls m) of
  r : _ -> Just r
  [] -> Nothing

import_ :: LImportDecl GhcPs -> Maybe Refusal
import_ (L l d)
  | namesPackage d = refuse "names a package"
  | ideclSource d == IsBoot = refuse "is a {-# SOURCE #-} import"
  | not (allowedImport name) = refuse "is not one of the modules that programs may import (safe modules of base, containers, array, text, bytestring, mtl, transformers, parsec)"
  | otherwise = Nothing
  where
    name = moduleNameString (unLoc (ideclName d))
    refuse why = Just (Refusal "unsafe_import" (lineOf (spanOf l)) ("import " ++ name ++ " " ++ why))

declaration :: LHsDecl GhcPs -> Maybe Refusal
declaration (L l d) = case d of
  ForD {} -> refuse "a foreign import or export"
  AnnD {} -> refuse "an ANN pragma (it runs code at compile time)"
  RuleD {} -> refuse "a RULES pragma"
  -- Without the extension that makes it a splice, an expression at top level is just no declaration.
  SpliceD {} | isBareSplice d -> Just (Refusal "parse_error" (lineOf (spanOf l)) "an expression at top level is not a declaration: give it a name, as in `result = ...`")
  SpliceD {} -> refuse "a Template Haskell splice"
  _ -> Nothing
  where
    refuse what = Just (Refusal "unsafe_pragma" (lineOf (spanOf l)) (what ++ " is not allowed in a program"))

lineOf :: SrcSpan -> Int
lineOf l = case l of
  RealSrcSpan s _ -> srcSpanStartLine s
  UnhelpfulSpan _ -> 0

-- | Imports of modules that we have a stand-in for name the stand-in, under the name that the program knows.
withStandIns :: Syntax -> Syntax
withStandIns m = m {hsmodImports = map named (hsmodImports m)}
  where
    named (L l d) = case standIn (moduleNameString (unLoc (ideclName d))) of
      Just other -> L l d {ideclName = unplaced (mkModuleName other), ideclAs = maybe (Just (ideclName d)) Just (ideclAs d)}
      Nothing -> L l d

-- | A module whose own name is written in front of its names, under another name.
underName :: ModuleName -> Syntax -> Syntax
underName new m = everywhere m
  where
    old = maybe (mkModuleName "Main") unLoc (hsmodName m)
    everywhere :: Data a => a -> a
    everywhere x = renamed (gmapT everywhere x)
    renamed :: Typeable a => a -> a
    renamed x = case cast x of
      Just (Qual q occ) | q == old -> maybe x id (cast (mkRdrQual new occ))
      _ -> x

-- | The functions that an export list names; none where there is no list, or more than functions in it.
exported :: Syntax -> [String]
exported m = [occNameString (rdrNameOcc n) | Just (L _ found) <- [hsmodExports m], Just n <- map (exportedVariable . unLoc) found]

-- | The module without header, export list and @main@; and whether there was a @main@.
withoutMain :: Syntax -> (Syntax, Bool)
withoutMain m = (m {hsmodName = Nothing, hsmodExports = Nothing, hsmodDecls = kept}, length kept /= length (hsmodDecls m))
  where
    kept = mapMaybe without (hsmodDecls m)
    without :: LHsDecl GhcPs -> Maybe (LHsDecl GhcPs)
    without located@(L l d) = case d of
      ValD _ (FunBind {fun_id = L _ name}) | isMain name -> Nothing
      ValD _ (PatBind {pat_lhs = L _ (VarPat _ (L _ name))}) | isMain name -> Nothing
      SigD x (TypeSig y names t) -> case filter (not . isMain . unLoc) names of
        [] -> Nothing
        others -> Just (L l (SigD x (TypeSig y others t)))
      _ -> Just located

-- | The module without the imports that nothing but @main@ can have used: of modules of actions alone, where no other
-- code is qualified by the name that only this import gives, and none names what it lists. A program without a @main@
-- keeps them all.
withoutMainImports :: Syntax -> Syntax
withoutMainImports m
  | hadMain = m {hsmodImports = filter (not . onlyMains . unLoc) (hsmodImports m)}
  | otherwise = m
  where
    (kept, hadMain) = withoutMain m
    used = namesIn (hsmodDecls kept)
    onlyMains :: ImportDecl GhcPs -> Bool
    onlyMains d = mainImport (moduleNameString (unLoc (ideclName d))) && not (any (from d) used)
    from :: ImportDecl GhcPs -> RdrName -> Bool
    from d name = case name of
      Qual q _ -> q == known d && null [() | L _ other <- hsmodImports m, known other == q, unLoc (ideclName other) /= unLoc (ideclName d)]
      Unqual occ
        | null listed -> ideclQualified d == NotQualified && occNameString occ `elem` words "getArgs getProgName lookupEnv getEnv getEnvironment withArgs setEnv unsetEnv"
        | otherwise -> occNameString occ `elem` listed
      _ -> False
      where
        listed = map (occNameString . rdrNameOcc) (namesIn d)
    known :: ImportDecl GhcPs -> ModuleName
    known d = maybe (unLoc (ideclName d)) unLoc (ideclAs d)

-- | All names in a piece of syntax.
namesIn :: Data a => a -> [RdrName]
namesIn x = maybe (concat (gmapQ namesIn x)) (: []) (cast x)

isMain :: RdrName -> Bool
isMain name = name == mkRdrUnqual (mkVarOcc "main")

-- | Names with a signature at top level, in the order of the file, with lines.
signatures :: Syntax -> [(String, Int)]
signatures m = [(occNameString (rdrNameOcc n), lineOf (spanOf l)) | L _ (SigD _ (TypeSig _ names _)) <- hsmodDecls m, L l n <- names]

-- | Where the code of a module was derived, not written: in data declarations and in deriving declarations of their own.
derivedPlaces :: Syntax -> [RealSrcSpan]
derivedPlaces m = [s | L l d <- hsmodDecls m, RealSrcSpan s _ <- [spanOf l], derived d]
  where
    derived d = case d of
      TyClD _ DataDecl {} -> True
      DerivD {} -> True
      _ -> False

importedModules :: Syntax -> [String]
importedModules m = [moduleNameString (unLoc (ideclName d)) | L _ d <- hsmodImports m]
